"""What the site shows, recorded once and compared ever after: see README.md beside this file."""
