"""What tests stand on: real servers in throw-away folders, scripted servers, and doubles of the ports."""
