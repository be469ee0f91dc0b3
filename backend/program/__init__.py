"""Programs as files: models of the files, plan and apply, and the shipped default program."""
