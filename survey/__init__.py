"""The application: store, services, pages and commands of the survey."""
