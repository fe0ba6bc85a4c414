"""Files that several processes write, and folders that are gone in the end."""
