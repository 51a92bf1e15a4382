"""Commands that train encoders, and measure them."""
