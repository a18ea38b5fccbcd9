from . import test_tools_adapt
from . import test_tools_canonical
from . import test_tools_contract
from . import test_tools_jsontext
from . import test_tools_kinds
from . import test_tools_mapping
from . import test_tools_paths
from . import test_tools_values
