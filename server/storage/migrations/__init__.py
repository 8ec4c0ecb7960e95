"""The schema's history, one file a step in `versions`, applied by `server.storage.migrating`. Found by path."""
