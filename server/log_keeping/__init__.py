"""What runs beside the log for as long as the server does: witnesses, forwarding, the index, retention, reports.

A *keeper* is one such task. It reads what is durable and public, appends entries of its own, and never stands between
a caller and the log: a keeper that fails or hangs delays nobody, and says so in health, metrics and the checklist.
"""
