"""Figures of latent spaces, of gates and of identity switches."""
