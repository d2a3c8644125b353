"""What one questionnaire looks like to different readers."""
