"""Pages zones of speakers over plain RTP multicast (G.711 mu-law), repeated until cleared."""
