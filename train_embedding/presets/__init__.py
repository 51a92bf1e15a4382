"""Presets: settings of a training run as TOML files, read and checked."""
