"""Video promises: who may look into a camera, and no others, see it live, know that it is live, and leave a trace."""
