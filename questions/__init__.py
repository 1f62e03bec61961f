"""The base of questions and answers: likeness of questions, drafts, the three-step review, exports, disclosure. Pure."""
