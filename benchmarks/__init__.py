"""How fast is it, and beside what? Measurements that anybody can repeat."""
