"""What a record is: its fields, its line, and its other forms. No file is opened here."""
