"""Long memory: who left and comes back takes the old id again."""

from flatsort.tracker.memory.long_memory import LongMemory

__all__ = ["LongMemory"]
