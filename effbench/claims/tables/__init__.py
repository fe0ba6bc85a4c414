"""The tables of the papers, in their own layouts, with our figures beside theirs; and where each figure comes from."""
