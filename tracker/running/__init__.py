"""Running a tracker over sequences: settings, pipeline, camera motion, files of tracks."""
