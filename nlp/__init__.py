"""Reading a post: cleaning, masking, segmentation, sentiment, topic, keywords."""
