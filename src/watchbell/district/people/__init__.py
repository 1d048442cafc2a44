"""People: students, staff and families of the district, kept in step with the student information system."""
