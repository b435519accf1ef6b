"""What a person sees: pictures of a graph, previews, the progress and the timeline of a run."""
