"""What bodies look like, for the OpenAPI document. What is really written is `representing`."""
