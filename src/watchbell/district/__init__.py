"""Places, people and equipment of a district, and who may do what there."""
