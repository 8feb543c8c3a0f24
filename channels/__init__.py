"""The live feed over WebSockets: joins, catch-up, presence and fan-out; rights and store are handed in."""
