"""What one study alone needs: a folder per study, named as its notebooks are. No study imports another."""
