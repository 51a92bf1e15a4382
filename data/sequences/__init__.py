"""Sequences: folders, videos, pictures and streams as frames with their detections."""
