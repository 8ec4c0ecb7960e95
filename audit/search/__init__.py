"""Finding entries without reading the whole log: a blind index beside it (FORMAT.md, section 18).

A *query* says which entries are wanted. A *tag* stands for one value of one field, under a key. The index keeps, for
each *block* of 1,024 entries, which tags occur in which of them, sealed as a whole. What it has not come to yet is
looked through entry by entry, and what it names is opened from the log and compared before anybody sees it: the log
alone says what is in the log. So a result is the same with the index, without it, and with a damaged one.
"""
