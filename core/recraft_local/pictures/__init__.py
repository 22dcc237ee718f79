"""What really works without a model: fill, expand, cut out, trace, enlarge, and drawing SVG as pixels."""
