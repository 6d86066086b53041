"""How the product does: its measures, signs of life of its processes, and what is wrong with it."""
