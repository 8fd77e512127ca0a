"""The toy workspace's models are loaded by path, so pytest must not import them."""

collect_ignore_glob = ["models/*"]
