"""Import Linter contract: a capability is entered only through its doors."""

from importlinter import Contract, ContractCheck, fields, output

FLOOR, CAPABILITY, ROOM = 1, 2, 3  # watchbell.<floor>.<capability>.<room>


class DoorsContract(Contract):
    """Between capabilities, only the listed rooms may be imported."""

    floors = fields.SetField(subfield=fields.StringField())
    doors = fields.SetField(subfield=fields.StringField())
    entrances = fields.SetField(subfield=fields.StringField())
    solo_rooms = fields.SetField(subfield=fields.StringField())

    def check(self, graph, verbose):  # type: ignore[no-untyped-def]
        broken = [
            (importer, imported)
            for importer in graph.modules
            for imported in graph.find_modules_directly_imported_by(importer)
            if self._enters_by_a_window(importer.split("."), imported.split("."))
        ]
        return ContractCheck(kept=not broken, metadata={"broken": sorted(broken)})

    def _enters_by_a_window(self, importer, imported):
        into_a_capability = imported[FLOOR : FLOOR + 1] and imported[FLOOR] in self.floors
        at_home = importer[:ROOM] == imported[:ROOM]
        if not into_a_capability or at_home or len(imported) <= CAPABILITY or "tests" in importer:
            return False
        if importer[FLOOR] == "project":  # assembles everything
            return False
        if len(imported) == ROOM:  # `from watchbell.field import panic` hides which room
            return True
        room = imported[ROOM]
        if importer[FLOOR] == "wiring" and room == "queries":  # who may follow a live topic
            return False
        if importer[FLOOR] not in self.floors:  # console, wiring
            return room not in self.entrances
        if room in self.solo_rooms and importer[ROOM : ROOM + 1] == [room]:
            return True
        return room not in self.doors

    def render_broken_contract(self, check):
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} enters {imported}, which is not a door", bold=False)
