"""What happens when something happens: plans, incidents, the all-clear."""
