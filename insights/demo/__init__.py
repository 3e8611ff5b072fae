"""Made-up traffic of the demo community: pure numpy, no database."""
