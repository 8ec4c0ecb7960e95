"""What the step 0005 makes, a file a part."""
