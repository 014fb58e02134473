"""How good are the stories? Metrics, labelled sets, and the run that compares."""
