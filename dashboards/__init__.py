"""What people look at: panels defined once, exported to Kibana, shown by the local preview."""
