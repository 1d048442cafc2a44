"""What a school district is: its places, its people, its days and its equipment."""
