"""How a report is shown: as text, HTML, JSON and SARIF, one file each."""
