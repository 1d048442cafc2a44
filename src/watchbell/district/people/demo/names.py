"""Names, titles and languages the demo's invented people are put together from."""

_GIVEN = """
Aaron Abigail Adam Adriana Aisha Alan Alba Alex Alice Amara Amir Ana Andre Angela Anika Anthony Arjun Ava Ayana
Beatriz Ben Bianca Blake Brandon Brian Brianna Caleb Camila Carla Carlos Caroline Chen Chloe Claire Cole Connor
Daisy Damian Dana Daniel Darius David Deja Delia Diego Dominic Dylan Eduardo Elena Eli Elijah Elise Ella Emeka Emily
Emma Eric Erin Ethan Eva Farah Felix Fiona Gabriel Gavin Grace Hamza Hana Hannah Harper Hassan Hazel Henry Ibrahim
Imani Ines Isaac Isabel Ivan Jack Jada Jamal James Jasmine Jason Javier Jayden Jenna Jesse Joanna Joel Jonah Jordan
Jose Josephine Julia Kai Kara Keisha Kemi Kevin Khalid Kim Kofi Kylie Laila Lara Latoya Leah Leo Liam Lila Linh
Logan Lucas Lucia Luis Luna Maddox Malik Manuel Marcus Maria Mariam Marisol Mason Mateo Maya Megan Mei Mia Micah
Miguel Mila Minh Miriam Mohamed Molly Nadia Naomi Natalie Nathan Nia Nicolas Noah Nora Olivia Omar Oscar Owen Paige
Patrick Paul Penelope Phuong Priya Quinn Rachel Rafael Ravi Reese Rosa Ruben Ruth Ryan Sadia Salma Samir Samuel Sana
Sara Sean Selena Serena Silas Simone Sofia Sonia Stella Tamika Tariq Teresa Thomas Tiana Tomas Tran Tyler Valeria
Vera Victor Violet Wei Wesley William Xavier Yara Yasmin Yusuf Zachary Zainab Zoe
"""
GIVEN = tuple(_GIVEN.split())
_FAMILY = """
Abara Abbott Acosta Adeyemi Aguilar Ahmed Albers Ali Alvarado Amundsen Anders Archer Arroyo Ashby Atwood Avery Ayala
Baird Banerjee Barlow Barrera Bassett Beckett Benally Bishara Blackwood Blevins Boateng Bowden Bracken Brandt Briggs
Brock Burkett Cabrera Calloway Camacho Cardenas Carver Castillo Chandra Chavez Clayborne Coker Colby Conrad Cordova
Crenshaw Croft Dang Darby Dawson Delgado Desai Dietrich Dinh Dorsey Driscoll Duarte Dunbar Eads Eastman Echols
Ekwueme Ellison Espinoza Fairbanks Farah Farrow Feldman Fennell Figueroa Finch Fletcher Flores Foley Forrester
Fuentes Gaines Galvan Garrity Gentry Gibbs Godfrey Goff Goodwin Granger Greer Grimes Guerrero Guthrie Haddad Hale
Halloran Hamdi Hargrove Hartwell Hassan Hendricks Herrera Hightower Hobbs Holcomb Hollis Huang Huynh Ibarra Irving
Iyer Jacobsen Jaramillo Jennings Juarez Kapoor Keane Keller Kendrick Khan Kincaid Kirkland Klein Kowalski Lam Landry
Larkin Lawson Ledford Lindqvist Lockhart Lozano Lund Mabry Madden Maldonado Marsh Massey Mayfield McBride McCall
Medina Mendez Merrill Mistry Molina Monroe Montoya Morales Nakamura Nasser Navarro Newell Nguyen Nolan Novak Nwosu
Obrecht Ochoa Odom Ogden Okafor Olsen Orozco Osei Padilla Palmer Park Patel Pham Pierce Pruitt Quintero Raines
Ramsey Rashid Redmond Reyes Rhodes Ridley Rivas Rojas Rowland Saenz Salazar Sandoval Santos Sawyer Schaefer Sethi
Shah Sheffield Shelby Silva Singh Solis Sorensen Stanton Stokes Strand Sutton Tate Thayer Thornton Tovar Tran
Trevino Tucker Underhill Valdez Vance Vargas Vega Voss Wade Walden Warsame Weaver Webster Whitfield Wilder Winslow
Wu Yancey Yates Yilmaz Yoder York Zamora Ziegler Zuniga
"""
FAMILY = tuple(_FAMILY.split())
_STREETS = """
Ash Aster Bluestem Cardinal Catalpa Clover Cottonwood Elm Ferry Finch Hawthorn Hazel Heron Indigo Larch Linden
Locust Meadow Mulberry Oak Osage Pecan Plum Quarry Redbud Sorrel Sumac Sycamore Walnut Willow
"""
STREETS = tuple(_STREETS.split())
LANGUAGES = (("en", 86), ("es", 8), ("vi", 2), ("so", 2), ("ar", 1), ("my", 1))
GRADES = {
    "elementary": ("KG", "01", "02", "03", "04", "05"),
    "middle": ("06", "07", "08"),
    "high": ("09", "10", "11", "12"),
}
#: kind → (students, classrooms with a homeroom, staff)
SIZES = {
    "elementary": (325, 15, 52),
    "middle": (560, 26, 90),
    "high": (1180, 54, 110),
    "office": (0, 0, 46),
    "transport": (0, 0, 50),
}
#: Who works outside a classroom, in the order the posts are filled; the rest are teachers.
SCHOOL_POSTS = (
    "Principal", "Assistant principal", "Office secretary", "School nurse", "Counselor", "Security officer",
    "Librarian", "Head custodian", "Cafeteria manager", "Social worker", "Attendance clerk", "Custodian", "Cook",
    "Cook", "Paraprofessional", "Paraprofessional", "Paraprofessional", "Paraprofessional", "Custodian", "Coach",
)  # fmt: skip
OFFICE_POSTS = (
    "District safety director", "Superintendent", "IT administrator", "Assistant superintendent", "Communications lead",
    "Finance officer", "Human resources lead", "Student services lead", "Data analyst", "Nutrition lead",
)  # fmt: skip
TRANSPORT_POSTS = ("Transport director", "Dispatcher", "Dispatcher", "Mechanic", "Mechanic", "Bus monitor")
#: (site code, post) → (given, family, address) of the people the demo's accounts belong to.
KNOWN = {
    ("DO", "District safety director"): ("Dana", "Whitfield", "director@demo.invalid"),
    ("DO", "IT administrator"): ("Priya", "Raman", "it@demo.invalid"),
    ("LHS", "Principal"): ("Marcus", "Bell", "principal@demo.invalid"),
    ("LHS", "Office secretary"): ("Irene", "Castillo", "office@demo.invalid"),
    ("LHS", "School nurse"): ("Grace", "Nakamura", "nurse@demo.invalid"),
    ("LHS", "Security officer"): ("Luis", "Diaz", "officer@demo.invalid"),
    ("LHS", "Teacher"): ("Kemi", "Okafor", "teacher@demo.invalid"),
    ("TC", "Bus driver"): ("Walt", "Jennings", "driver@demo.invalid"),
}
#: Who confirms what the director writes to the whole district; named after the draw, so that nobody else's name moves.
SECOND = {("DO", "Superintendent"): ("Helen", "Marsh", "superintendent@demo.invalid")}
PARENT = {"given": "Sam", "family": "Rivera", "email": "parent@demo.invalid"}
