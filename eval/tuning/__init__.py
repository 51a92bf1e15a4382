"""The tracker's settings, chosen by what they gain where they were not chosen; and checks without ground truth."""
