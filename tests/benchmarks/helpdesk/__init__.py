"""The baseline of the mail benchmark: django-helpdesk in an environment of its own."""
