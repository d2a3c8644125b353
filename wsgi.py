"""The web server's door."""

from survey.app import create_app

app = create_app()
