"""The weekly, monthly and quarterly summary: figures, sentences, tables and pictures, as Word, mail, PDF and JSON."""
