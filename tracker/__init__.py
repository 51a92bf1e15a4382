"""The tracker: boxes, and descriptors if there are any, in; identities out."""
