"""Hot issues and second explanations: heat, timeline, follow-ups, briefs and early warning of a matter. Pure logic."""
