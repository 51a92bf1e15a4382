"""Networks: the VAE family, its prior and likelihoods, DeepSORT's network, and their export."""
