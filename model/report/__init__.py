"""The paper's figures from any model, what they say of it, and the report that reproduces the paper."""
