"""Many videos: work that is handed out to processes or machines, and remembered when it is finished."""
