"""Pictures to learn from: CIFAR-10, its archives, folders of one's own; and random patches of them."""
