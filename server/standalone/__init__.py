"""Pages as one file each, that need no server: the same scripts, styles and texts as the product's own, put together.

`bundle` makes one script of modules; `receipt_checker` makes the page that checks receipts. Whatever such a file may do
is said by its own policy: it runs its one script, and can send nothing anywhere.
"""
