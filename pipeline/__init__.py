"""The stages that string the rooms together: each a plain function of a runtime and a time, safe to run again."""
