"""Erasing a person, and exporting what is held about them; both walk what the columns of all tables declare."""
