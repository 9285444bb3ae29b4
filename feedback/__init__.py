"""In-product end-user feedback for B2B2C companies."""
