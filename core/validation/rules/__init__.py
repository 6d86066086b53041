"""The rules, one module per subject. Which there are stands in `core.validation.catalogue`."""
