"""The method and its measurements, compiled. Tests hold every kernel to its plain counterpart."""
