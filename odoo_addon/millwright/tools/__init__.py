"""Plain Python beneath the models: no ``env``, no database, no clock, no import of the host."""
